import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';
import { ADAPTED_MODULES } from '../architectures/adapted-products.ts';

/** Most that a rank may be; it bounds an allocation. */
const MOST_RANK = 4096;

const absent = z.union([z.null(), z.literal(false), z.tuple([]), z.strictObject({})]).optional();
const texts = z.array(z.string());

/** What is read of PEFT's adapter_config.json; other keys say how it was trained, or nothing. */
const ConfigSchema = z.object({
  peft_type: z.string(),
  r: z.int().min(1).max(MOST_RANK),
  lora_alpha: z.number(),
  use_rslora: z.boolean().nullish(),
  bias: z.string().nullish(),
  /** Names of modules, or a pattern that matches them. */
  target_modules: z.union([texts, z.string()]).nullish(),
  base_model_name_or_path: z.string().nullish(),
  /** Of the file that it was trained for, or of one that it was converted from: codriver's own key. */
  codriver_base_sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .transform((digits) => digits.toLowerCase())
    .nullish(),
});

/** Settings that change what is computed, and are not computed here unless they are off. */
const OTHER_FORMS = [
  'use_dora',
  'modules_to_save',
  'fan_in_fan_out',
  'rank_pattern',
  'alpha_pattern',
  'lora_bias',
  'layer_replication',
  'trainable_token_indices',
  'target_parameters',
  'alora_invocation_tokens',
] as const;

/** How an adapter's factors are to be used. */
export interface AdapterConfig {
  readonly rank: number;
  /** What B·A is multiplied by: alpha / r, or alpha / √r (rank-stabilised LoRA, Kalajdzievski 2023). */
  readonly scale: number;
  readonly baseName: string | undefined;
  readonly baseSha256: string | undefined;
}

/**
 * Reads an adapter_config.json. Errors: NOT_FOUND; ADAPTER_CORRUPT where it isn't what PEFT writes; ADAPTER_UNSUPPORTED
 * for anything but plain LoRA.
 */
export async function readAdapterConfig(file: string): Promise<AdapterConfig> {
  const value = await readJson(file);
  const parsed = ConfigSchema.safeParse(value);
  const unsupported = (what: string): CodriverError =>
    new CodriverError('ADAPTER_UNSUPPORTED', `The adapter ${file} ${what}, which is not computed here.`, {
      remedy:
        'Train a plain LoRA adapter: bias "none", no DoRA, no modules to save, one rank for all modules.',
      details: { file },
    });
  // Adapters of another type have other keys, and should be told so.
  const type = (value as { peft_type?: unknown } | null)?.peft_type;
  if (typeof type === 'string' && type !== 'LORA') throw unsupported(`is of the type ${type}`);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
    throw damaged(file, `${path.join('.') || 'the whole'}: ${message}`);
  }
  for (const key of OTHER_FORMS) {
    const setting = (value as Record<string, unknown>)[key];
    if (!absent.safeParse(setting).success) throw unsupported(`sets ${key} to ${JSON.stringify(setting)}`);
  }
  const { r, lora_alpha: alpha, use_rslora: stabilised, bias, target_modules: targets } = parsed.data;
  if ((bias ?? 'none') !== 'none') throw unsupported(`sets bias to "${bias}"`);
  for (const target of Array.isArray(targets) ? targets : []) {
    const module = target.slice(target.lastIndexOf('.') + 1);
    if (!ADAPTED_MODULES.some((known) => known === module))
      throw unsupported(`adapts the module "${target}"`);
  }
  return {
    rank: r,
    scale: alpha / (stabilised ? Math.sqrt(r) : r),
    baseName: parsed.data.base_model_name_or_path ?? undefined,
    baseSha256: parsed.data.codriver_base_sha256 ?? undefined,
  };
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CodriverError(
      'NOT_FOUND',
      `The adapter's ${file} can't be read: ${(cause as Error).message}.`,
      {
        remedy:
          'Give a folder as PEFT saves it: adapter_config.json and adapter_model.safetensors side by side.',
        details: { file },
        cause,
      },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(file, `it is not JSON (${(cause as Error).message})`);
  }
}

function damaged(file: string, why: string): CodriverError {
  return new CodriverError('ADAPTER_CORRUPT', `The adapter's ${file} is damaged: ${why}.`, {
    remedy: 'Save or copy the adapter again.',
    details: { file },
  });
}
