/** Names of a segment's inputs and outputs. */
export const SEGMENT_IO = {
  /** In, float32 [1, S, E]: embeddings of the new tokens, or the hidden state of the segment before. */
  hidden: 'hidden',
  /** In, int32 [1]: tokens in the cache after this pass, less one. */
  lastPosition: 'last_position',
  /** In, int32 [1]: tokens in the cache after this pass. */
  total: 'total',
  /** In, float32 [1, kvHeads, capacity, headSize], by the number of the block in the model. */
  pastKey: (block: number) => `past_key_${block}`,
  pastValue: (block: number) => `past_value_${block}`,
  /** Out, float32 [S, blocks · rowWidth]: what a cache with the shape of `cacheRow` takes in. */
  newRows: 'new_rows',
  /** Out, float32 [S, E], of a segment without the head. */
  hiddenOut: 'hidden_out',
  /** Out, float32 [1, V], of a segment with the head: logits of the last token. */
  logits: 'logits',
} as const;
