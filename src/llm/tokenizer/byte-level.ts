/**
 * GPT-2's reversible map of bytes to printable characters (Radford et al. 2019): printable Latin-1 stays,
 * the other 68 bytes become U+0100 and up.
 */
const BYTE_OF_CHARACTER = buildMap();

function buildMap(): Map<string, number> {
  const map = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    map.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return map;
}

/** The bytes that a byte-level token stands for. Characters outside the map stand for their own UTF-8. */
export function byteLevelBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) bytes.push(...Buffer.from(character, 'utf8'));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
