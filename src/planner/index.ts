export type { SubmitAnswer } from './convert/status.ts';
export { type Delivery, type PlannerHealth, PlannerLink, type PlannerLinkOptions } from './link.ts';
