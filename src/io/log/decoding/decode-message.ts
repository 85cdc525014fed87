/**
 * Turns a message's bytes into an object with the fields of its type, as the schema names them. Times are
 * `{sec, nanosec}` whatever the encoding, bytes a Uint8Array. What it returns may hold views of `data`.
 *
 * @throws Error for bytes that are no message of the type
 */
export type DecodeMessage = (data: Uint8Array) => unknown;
