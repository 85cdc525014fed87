/**
 * A type's name as `package/msg/Name`, whoever wrote it: `package/Name` (ROS 1), `package::msg::Name` (IDL),
 * `foxglove.Name` (Foxglove's protobuf and JSON schemas, whose ROS form is `foxglove_msgs/msg/Name`).
 */
export function fullTypeName(name: string): string {
  const slashed = name.replaceAll('::', '/');
  if (/^foxglove\.[^./]+$/.test(slashed)) return slashed.replace('foxglove.', 'foxglove_msgs/msg/');
  return /^[^/]+\/[^/]+$/.test(slashed) ? slashed.replace('/', '/msg/') : slashed;
}
