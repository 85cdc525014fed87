/**
 * GPT-2's reversible map of bytes to printable characters (Radford et al. 2019): printable Latin-1 stays,
 * the other 68 bytes become U+0100 and up.
 */
export const BYTE_CHARACTERS: readonly string[] = buildCharacters();
const BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

function buildCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(printable ? byte : next++);
  });
}

/** The characters that stand for the UTF-8 bytes of a text. */
export function byteLevelText(text: string): string {
  let result = '';
  for (const byte of Buffer.from(text, 'utf8')) result += BYTE_CHARACTERS[byte];
  return result;
}

/** The bytes that a byte-level token stands for. Characters outside the map stand for their own UTF-8. */
export function byteLevelBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTES.get(character);
    if (byte === undefined) bytes.push(...Buffer.from(character, 'utf8'));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
