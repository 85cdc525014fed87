export {
  type CostSetting,
  type Prediction,
  predict,
  type TierUse,
  type Workload,
} from './cost-model.ts';
export { type MachineProfile, MachineProfileSchema } from './machine-profile.ts';
export { costsOfSpec, costsOfStore, type ModelCosts, type PartCost, withPartBytes } from './model-costs.ts';
export { nominalProfile } from './nominal-profile.ts';
export { type Percentages, parsePercentages } from './percentages.ts';
export { type Placement, placeByPercentages, realShares, sharesOf } from './placement.ts';
export { type Plan, planBest, planPercentages } from './plan.ts';
export { profilePath, readProfile } from './profile-file.ts';
export { secondsText } from './reasons.ts';
export { type Budgets, parseMemorySize, sizeText, type Tier, type TierName, tiersOf } from './tier.ts';
