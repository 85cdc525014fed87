import { rememberedSha256 } from '../../models/index.ts';
import { describeModel } from '../architectures/describe.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import type { ModelSource } from '../formats/open-model.ts';

/** A model that adapters are read for. */
export interface AdapterBase {
  readonly spec: DecoderSpec;
  /** SHA-256 of its file, or of the files that it was converted from, where they are known without reading them. */
  readonly sha256s: readonly string[];
}

/** What an adapter for this model is compared with. A store's manifest has its sources' sums, a pulled file a note of its own. */
export async function adapterBaseOf(source: ModelSource): Promise<AdapterBase> {
  const { spec } = describeModel(source);
  if (source.format === 'store')
    return { spec, sha256s: source.manifest.source.files.map(({ sha256 }) => sha256) };
  const sha256 = source.format === 'gguf' ? await rememberedSha256(source.file) : undefined;
  return { spec, sha256s: sha256 === undefined ? [] : [sha256] };
}
