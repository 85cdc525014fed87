import { CodriverError } from '../../src/domain/index.ts';
import type { Scenario } from './scenario.ts';
import { street } from './street.ts';
import { validateScenario } from './validate.ts';

export type * from './scenario.ts';
export { validateScenario } from './validate.ts';
export { street };

const SCENARIOS: readonly Scenario[] = [street];

/** Names of the scenarios there are. */
export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map((scenario) => scenario.name);

/** The scenario of that name, validated; NOT_FOUND where there is none. */
export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario === undefined) {
    throw new CodriverError('NOT_FOUND', `There is no scenario "${name}".`, {
      remedy: `Use one of: ${SCENARIO_NAMES.join(', ')}.`,
    });
  }
  validateScenario(scenario);
  return scenario;
}
