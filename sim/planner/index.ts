export type { PlannerWorld } from './motion-state.ts';
export { ReferencePlanner, type ReferencePlannerOptions } from './reference-planner.ts';
export { type ServedPlanner, type ServePlannerOptions, servePlanner } from './serve.ts';
