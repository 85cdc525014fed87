import type {
  Frame,
  GnssFix,
  PlannerStatus,
  RouteContext,
  SignDetections,
  TimeNs,
  TrackedObjects,
  Utterance,
  VehicleState,
} from '../../domain/index.ts';

/** What comes in from outside, in the domain's words. */
export type DomainMessage =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'utterance'; readonly utterance: Utterance }
  | { readonly kind: 'signs'; readonly signs: SignDetections }
  | { readonly kind: 'objects'; readonly objects: TrackedObjects }
  | { readonly kind: 'vehicle'; readonly vehicle: VehicleState }
  | { readonly kind: 'gnss'; readonly gnss: GnssFix }
  | { readonly kind: 'route'; readonly route: RouteContext }
  | { readonly kind: 'planner'; readonly planner: PlannerStatus };

/** Where and when a message came in. */
export interface MessageSource {
  readonly topic: string;
  readonly logTimeNs: TimeNs;
}
