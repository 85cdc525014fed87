import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { CodriverError, Config } from '../domain/index.ts';
import { DEFAULT_CONFIG_FILE, readConfig } from './config-file.ts';
import { withModelFlags } from './model-flags.ts';

/** Build B, by what of A is replaced. */
export interface WhatIf {
  /** As it was typed. */
  readonly text: string;
  /** Name of a model; null: none. Left out: A's, or what the configuration names. */
  readonly model?: string | null;
  /** Preset or file laid over the gate's part of the configuration. */
  readonly gate?: string;
  /** File in place of A's configuration. */
  readonly config?: string;
}

const KEYS = ['config', 'gate', 'model'] as const;
const PRESET_FOLDER = path.join(path.dirname(DEFAULT_CONFIG_FILE), 'presets');
const REMEDY = 'An example is --what-if gate=strict,model=none.';

/**
 * Reads `model=NAME|none,gate=PRESET|FILE,config=FILE`.
 *
 * @throws CodriverError BAD_ARGUMENT for a part that is unknown, empty or named twice
 */
export function parseWhatIf(text: string): WhatIf {
  const parts: Partial<Record<(typeof KEYS)[number], string>> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const key = KEYS.find((known) => known === part.slice(0, equals).trim());
    const value = part.slice(equals + 1).trim();
    if (equals < 0 || key === undefined) {
      throw bad(
        `--what-if knows no “${part.trim()}”; there is ${KEYS.map((known) => `${known}=…`).join(', ')}`,
      );
    }
    if (value === '') throw bad(`--what-if ${key}= names nothing`);
    if (parts[key] !== undefined) throw bad(`--what-if names ${key} twice`);
    parts[key] = value;
  }
  const { model, gate, config } = parts;
  return {
    text,
    ...(model === undefined ? {} : { model: model === 'none' ? null : model }),
    ...(gate === undefined ? {} : { gate }),
    ...(config === undefined ? {} : { config }),
  };
}

/** B's configuration, given A's. Errors: BAD_ARGUMENT for an unknown preset; BAD_CONFIG naming file and field. */
export function configOfB(whatIf: WhatIf, a: Config): Config {
  const base = whatIf.config === undefined ? a : readConfig(whatIf.config);
  const gated = whatIf.gate === undefined ? base : overlayGate(base, gateFile(whatIf.gate));
  if (whatIf.model === undefined || whatIf.model === null) return gated;
  return withModelFlags(gated, { model: whatIf.model });
}

/** The gate's presets that ship with codriver, by name. */
export function gatePresets(): string[] {
  return readdirSync(PRESET_FOLDER)
    .flatMap((file) => /^gate-(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .toSorted();
}

function gateFile(name: string): string {
  if (gatePresets().includes(name)) return path.join(PRESET_FOLDER, `gate-${name}.yaml`);
  if (existsSync(name)) return name;
  throw bad(
    `--what-if gate=${name}: there is no such preset and no such file; the presets are ${gatePresets().join(', ')}`,
  );
}

/** A gate's file holds the gate's part alone; which fields there may be, the configuration's schema says. */
const GateOverlay = z.strictObject({ gate: z.record(z.string(), z.unknown()) });

function overlayGate(base: Config, file: string): Config {
  const document = parseDocument(readFileSync(file, 'utf8'));
  const syntax = document.errors[0];
  if (syntax !== undefined) throw badFile(file, `it is no valid YAML: ${syntax.message}`);
  const overlay = GateOverlay.safeParse(document.toJS());
  if (!overlay.success) throw badFile(file, firstIssue(overlay.error));
  const config = Config.safeParse({ ...base, gate: { ...base.gate, ...overlay.data.gate } });
  if (!config.success) throw badFile(file, firstIssue(config.error));
  return config.data;
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'top level'}: ${issue?.message}`;
}

function bad(what: string): CodriverError {
  return new CodriverError('BAD_ARGUMENT', `${what}.`, { remedy: REMEDY });
}

function badFile(file: string, what: string): CodriverError {
  return new CodriverError('BAD_CONFIG', `${file}: ${what}`, {
    remedy: `A gate's file holds \`gate:\` and any of ${Object.keys(Config.parse({}).gate).join(', ')}.`,
  });
}
