/**
 * `npm run docs:ros`: writes the tables of ros/codriver/README.md, the parameter file and its schema from the tables that
 * the node runs by.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '../src/domain/index.ts';
import {
  NODE_DEFAULTS,
  PARAMETERS,
  type ParameterSpec,
  parameterFileSchema,
  type Settings,
  settingOf,
} from '../src/io/ros/parameters.ts';
import { SERVICES } from '../src/io/ros/services.ts';
import { INPUTS, OUTPUTS, type Qos } from '../src/io/ros/topics.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'ros', 'codriver');

const DEFAULTS: Settings = { config: Config.parse({}), node: NODE_DEFAULTS };

/** Every file that is written, by its path, with what it should say. */
export function rosFiles(): ReadonlyMap<string, string> {
  const readme = path.join(folder, 'README.md');
  return new Map([
    [readme, withTables(readFileSync(readme, 'utf8'))],
    [path.join(folder, 'config', 'codriver.param.yaml'), parameterFile()],
    [
      path.join(folder, 'config', 'codriver.schema.json'),
      // A list of one stands on one line, as the formatter wants it.
      `${JSON.stringify(parameterFileSchema(DEFAULTS), null, 2).replace(/\[\n\s+("[^"]*")\n\s+\]/g, '[$1]')}\n`,
    ],
  ]);
}

function withTables(readme: string): string {
  const tables = { inputs: inputsTable(), outputs: outputsTable(), parameters: parametersTable() };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const place = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- /${name} -->`);
    if (!place.test(text)) throw new Error(`ros/codriver/README.md has no place for ${name}`);
    return text.replace(place, () => `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`);
  }, readme);
}

function inputsTable(): string {
  return table(
    ['topic', 'type', 'QoS', ''],
    INPUTS.map(({ name, type, qos, about, optional }) => [
      `\`${name}\``,
      `\`${type}\``,
      qosText(qos),
      about + (optional === true ? ' Where the package is installed.' : ''),
    ]),
  );
}

function outputsTable(): string {
  const topics = Object.values(OUTPUTS).map(({ name, type, qos, about }) => [
    `\`${name}\``,
    `\`${type}\``,
    qosText(qos),
    about,
  ]);
  const services = Object.values(SERVICES).map(({ name, type, about }) => [
    `\`${name}\``,
    `\`${type}\``,
    type.includes('/srv/') ? 'service' : 'action',
    about,
  ]);
  return table(['topic or service', 'type', 'QoS', ''], [...topics, ...services]);
}

function parametersTable(): string {
  return table(
    ['parameter', 'type', 'default', 'range', 'live', ''],
    PARAMETERS.map((spec) => [
      `\`${spec.name}\``,
      spec.type,
      `\`${valueText(spec)}\``,
      spec.range === undefined ? '' : `${spec.range[0]} … ${spec.range[1]}`,
      spec.live ? 'yes' : 'no',
      spec.about,
    ]),
  );
}

/** All parameters with their defaults, as `--params-file` takes them. */
function parameterFile(): string {
  const lines = PARAMETERS.flatMap((spec) => {
    const range = spec.range === undefined ? '' : ` ${spec.range[0]} to ${spec.range[1]}.`;
    return [`    # ${spec.about}${range}`, `    ${spec.name}: ${valueText(spec)}`];
  });
  return `# yaml-language-server: $schema=codriver.schema.json
# Written by \`npm run docs:ros\` with the defaults; copy it and keep what differs.
/**:
  ros__parameters:
    use_sim_time: false
${lines.join('\n')}
`;
}

/** ROS tells doubles from integers by the decimal point. */
function valueText(spec: ParameterSpec): string {
  const value = settingOf(spec, DEFAULTS);
  if (spec.type === 'double' && Number.isInteger(value)) return Number(value).toFixed(1);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function qosText({ reliability, durability, depth }: Qos): string {
  const kept = durability === 'transient_local' ? ', transient local' : '';
  return `${reliability === 'reliable' ? 'reliable' : 'best effort'}${kept}, ${depth}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of rosFiles()) {
    writeFileSync(file, text);
    console.log(path.relative(root, file));
  }
}
