import { CodriverError } from '../../domain/index.ts';
import {
  type NamedValue,
  PARAMETERS,
  type ParameterSpec,
  refusal,
  type Settings,
  settingOf,
  withValues,
} from './parameters.ts';
import { PARAMETER_TYPES, type Rcl, type RclNode, type RclParameter } from './rcl.ts';

interface NodeParametersOptions {
  /** Values that are not live hold from then on. */
  readonly isConfigured: () => boolean;
  readonly onChange: (settings: Settings) => void;
}

/** The node's parameters: declared, checked, and laid over its configuration. */
export class NodeParameters {
  readonly #node: RclNode;
  #settings: Settings;

  /** @throws CodriverError BAD_ARGUMENT for a value from outside that can't be taken */
  constructor(rcl: Rcl, node: RclNode, defaults: Settings, options: NodeParametersOptions) {
    this.#node = node;
    this.#settings = defaults;
    node.addOnSetParametersCallback((parameters) => {
      const reason = refusal(parameters, options.isConfigured());
      return reason === undefined ? { successful: true } : { successful: false, reason };
    });
    const declared = PARAMETERS.map((spec) => declare(rcl, node, spec, defaults));
    this.#settings = withValues(defaults, declared);
    node.addPostSetParametersCallback((parameters: NamedValue[]) => {
      this.#settings = withValues(this.#settings, parameters);
      options.onChange(this.#settings);
    });
  }

  /** `use_sim_time`, which rclnodejs declares. */
  get usesSimTime(): boolean {
    return this.#node.getParameter('use_sim_time').value === true;
  }

  get settings(): Settings {
    return this.#settings;
  }
}

function declare(rcl: Rcl, node: RclNode, spec: ParameterSpec, defaults: Settings): RclParameter {
  const { name, about, live } = spec;
  const type = PARAMETER_TYPES[spec.type];
  const suffix = live ? '' : ' Holds until the node is configured again.';
  const descriptor = new rcl.ParameterDescriptor(name, type, about + suffix, false, null);
  Object.defineProperties(descriptor, {
    // rclnodejs refuses what is out of range without a reason, before anybody is asked; `refusal` gives one.
    validateParameter: { value: () => {} },
    // rclnodejs 2.2.0 looks for the range under a name that it never has, and describes none.
    toMessage: { value: () => descriptorMessage(spec, about + suffix) },
  });
  const value = settingOf(spec, defaults);
  const initial = new rcl.Parameter(name, type, spec.type === 'integer' ? BigInt(value) : value);
  try {
    return node.declareParameter(initial, descriptor);
  } catch (error) {
    throw new CodriverError('BAD_ARGUMENT', `Parameter ${(error as Error).message}`, {
      remedy:
        'The parameters are listed in ros/codriver/README.md; config/codriver.schema.json checks files of them.',
      cause: error,
    });
  }
}

/** `rcl_interfaces/msg/ParameterDescriptor`. */
function descriptorMessage({ name, type, range }: ParameterSpec, description: string): object {
  const [least, most] = range ?? [];
  const ranges =
    least === undefined || most === undefined
      ? {}
      : type === 'integer'
        ? { integer_range: [{ from_value: BigInt(least), to_value: BigInt(most), step: 1n }] }
        : { floating_point_range: [{ from_value: least, to_value: most, step: 0 }] };
  return { name, type: PARAMETER_TYPES[type], description, read_only: false, ...ranges };
}
