export {
  type ConvertOptions,
  type ConvertProgress,
  type ConvertResult,
  convertToStore,
} from './convert-store.ts';
export {
  BLOCK_ALIGNMENT,
  bitsPerWeight,
  type Encoding,
  type Manifest,
  type Quantisation,
  type StoredBlock,
  type StoredTensor,
} from './manifest.ts';
export { checkBlock, openStore, type Store, type VerifyReport, verifyStore } from './open-store.ts';
export { type StoreInput, storeInput } from './store-input.ts';
export { readStoreVocabulary } from './store-vocabulary.ts';
export { expandTensor, type PackedStoredMatrix, packStored, quantisedRows } from './stored-tensor.ts';
