/** Names times `{sec, nanosec}` where they come as `{sec, nsec}`, all through a decoded message. */
export function withNanosec(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return typeof value[0] === 'object' ? value.map(withNanosec) : value;
  const fields = value as Record<string, unknown>;
  if (typeof fields.sec === 'number' && typeof fields.nsec === 'number') {
    return { sec: fields.sec, nanosec: fields.nsec };
  }
  for (const name of Object.keys(fields)) fields[name] = withNanosec(fields[name]);
  return fields;
}
