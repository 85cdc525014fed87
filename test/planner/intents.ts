import { type Intent, type Maneuver, secondsToNs } from '../../src/domain/index.ts';

/** An intent for tests, valid for `validS` seconds after its stamp. */
export function intentOf(
  sequence: number,
  maneuver: Maneuver,
  { stampNs = 1_000_000_000n, validS = 5, ...rest }: Partial<Intent> & { validS?: number } = {},
): Intent {
  return {
    id: `intent-${sequence}`,
    sequence,
    stampNs,
    validUntilNs: stampNs + secondsToNs(validS),
    source: 'THOUGHT',
    authority: 'DRIVER_OR_OWNER',
    originId: 'utterance-1',
    trigger: { type: 'NOW' },
    maneuver,
    ...rest,
  };
}
