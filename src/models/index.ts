export { resolveAdapter } from './adapters.ts';
export {
  type AdapterEntry,
  adapterCatalogue,
  type CatalogueEntry,
  catalogue,
  catalogueEntry,
  modelName,
} from './catalogue.ts';
export { modelHome, modelPath } from './home.ts';
export { type PullOptions, type PullProgress, pullModel } from './pull.ts';
export { type ModelStatus, modelStatus, resolveModel } from './resolve.ts';
export { rememberedSha256, sha256OfFile } from './verify.ts';
