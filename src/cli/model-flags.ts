import type { Command } from 'commander';
import type { Config } from '../domain/index.ts';
import { modelName } from '../models/index.ts';

/** What a command line says of the model and of the memory it may take. */
export interface ModelFlags {
  /** Name or path; false: none. */
  readonly model?: string | false;
  /** Name or path of an adapter, or `none`. */
  readonly adapter?: string;
  readonly cpuMem?: string;
  readonly percent?: string;
  readonly nvmeDir?: string;
}

/** The flags of every command that runs a model. */
export function addModelFlags(command: Command): Command {
  return addMemoryFlags(
    addAdapterFlag(
      command.option(
        '--model <name|path>',
        'a model of `codriver models list`, a GGUF file, or a folder (a store, safetensors); default: as configured',
      ),
    ),
  );
}

/** The flag that names an adapter. */
export function addAdapterFlag(command: Command): Command {
  return command.option(
    '--adapter <name|path|none>',
    'an adapter trained for driving, over the model; default: as configured, none with another model',
  );
}

/** The flags that say what memory a model may take. */
export function addMemoryFlags(command: Command): Command {
  return command
    .option(
      '--cpu-mem <size>',
      'memory that the process may take (900M, 1.5GiB); what does not fit is streamed from the disk',
    )
    .option(
      '--percent <six>',
      'shares instead: "W_GPU W_CPU KV_GPU KV_CPU ACT_GPU ACT_CPU", such as "0 50 0 100 0 100"',
    )
    .option('--nvme-dir <folder>', 'a folder on a fast disk for streamed weights; default: the cache folder');
}

/** What a command line says of an assistant that runs and tells what happens. */
export interface AssistantFlags extends ModelFlags {
  readonly config?: string;
  readonly plates: boolean;
  readonly quiet?: boolean;
}

/** The flags of every command that runs one assistant. */
export function addAssistantFlags(command: Command): Command {
  return addModelFlags(
    command
      .option('--config <file>', 'configuration; default: config/codriver.yaml')
      .option('--no-model', 'reflexes only')
      .option('--no-plates', 'leave plates unread')
      .option('--quiet', 'do not print what happens'),
  );
}

/** A configuration with what the command line says laid over it. */
export function withModelFlags(config: Config, flags: ModelFlags): Config {
  const { cpuMem, percent, nvmeDir } = flags;
  const offload = {
    ...config.thought.offload,
    ...(cpuMem !== undefined && { cpuMem }),
    ...(percent !== undefined && { percent }),
    ...(nvmeDir !== undefined && { nvmeDir }),
  };
  const configured = modelName(config.thought.model);
  const model = typeof flags.model === 'string' ? modelName(flags.model) : configured;
  // An adapter fits the one model that it was trained over.
  const adapter = flags.adapter ?? (model === configured ? config.thought.adapter : 'none');
  return { ...config, thought: { ...config.thought, offload, model, adapter } };
}
