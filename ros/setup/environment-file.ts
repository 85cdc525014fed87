import type { Ros } from './find-ros.ts';
import type { RosPaths } from './paths.ts';

/** A word of POSIX sh that stands for `text` literally. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * `.ros/env.sh`: POSIX sh to be sourced before node starts, since the loader reads LD_LIBRARY_PATH only then.
 * `bundled`: folders of libraries that the wheels bring along. Sourcing it twice does what sourcing it once does.
 */
export function environmentFile(paths: RosPaths, ros: Ros, bundled: readonly string[]): string {
  const body = ros.kind === 'wheels' ? wheelLines(paths, bundled) : installedLines(ros.distro, ros.prefix);
  return [
    `# Written by npm run ros:setup for ROS 2 ${ros.distro}. POSIX sh, sourced before node starts (bin/environment.sh).`,
    `codriver_ros=${quoted(paths.home)}`,
    ...body,
    ...discoveryLines(ros.distro),
    ...profileLines(paths.profile, ros.distro),
    '',
  ].join('\n');
}

function wheelLines(paths: RosPaths, bundled: readonly string[]): string[] {
  const bundles = bundled.map((folder) => `:${folder.replace(paths.home, '$codriver_ros')}`).join('');
  return [
    'export ROS_DISTRO=kilted ROS_VERSION=2 ROS_PYTHON_VERSION=3 RMW_IMPLEMENTATION=rmw_fastrtps_cpp',
    'export AMENT_PREFIX_PATH="$codriver_ros/install:$codriver_ros/venv"',
    '# The real libraries, which .ros/python wants; node can load only stand-ins for some of them, so those come first.',
    `codriver_ros_libraries="$codriver_ros/install/lib:$codriver_ros/venv/lib${bundles}"`,
    `case "\${LD_LIBRARY_PATH:-}" in`,
    '"$codriver_ros/node-libs:"*) ;;',
    '*)',
    `  export LD_LIBRARY_PATH="$codriver_ros/node-libs:$codriver_ros_libraries\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    '  ;;',
    'esac',
  ];
}

function installedLines(distro: string, prefix: string): string[] {
  return [
    `codriver_ros_prefix=${quoted(prefix)}`,
    `if [ -z "\${ROS_DISTRO:-}" ] && [ -r "$codriver_ros_prefix/setup.sh" ]; then`,
    '  . "$codriver_ros_prefix/setup.sh"',
    'fi',
    `if [ "\${ROS_DISTRO:-}" != ${distro} ]; then`,
    `  echo "codriver: set up for ROS ${distro}, but \${ROS_DISTRO:-none} is sourced: run npm run ros:setup again" >&2`,
    'fi',
    `case ":\${AMENT_PREFIX_PATH:-}:" in`,
    '*":$codriver_ros/install:"*) ;;',
    '*)',
    `  export AMENT_PREFIX_PATH="$codriver_ros/install\${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}"`,
    `  export LD_LIBRARY_PATH="$codriver_ros/install/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    '  ;;',
    'esac',
  ];
}

/** Humble knows only "this computer or all"; the range came with Iron. */
function discoveryLines(distro: string): string[] {
  const comment =
    '# codriver acts on what it hears: only on this computer, unless the user has said otherwise (docs/ros.md).';
  return distro === 'humble'
    ? [comment, `export ROS_LOCALHOST_ONLY="\${ROS_LOCALHOST_ONLY:-1}"`]
    : [comment, `export ROS_AUTOMATIC_DISCOVERY_RANGE="\${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}"`];
}

/** Fast DDS 3 (Kilted) renamed the variable. */
function profileLines(profile: string, distro: string): string[] {
  const variable = ['humble', 'jazzy'].includes(distro)
    ? 'FASTRTPS_DEFAULT_PROFILES_FILE'
    : 'FASTDDS_DEFAULT_PROFILES_FILE';
  return [
    `codriver_ros_profile=${quoted(profile)}`,
    `export ${variable}="\${${variable}:-$codriver_ros_profile}"`,
  ];
}

/** `.ros/python`: an executable that runs Python with rclpy and this repository's packages. */
export function pythonWrapper(paths: RosPaths, ros: Ros): string {
  const wheels = ros.kind === 'wheels';
  return [
    '#!/bin/sh',
    '# Written by npm run ros:setup. Python with rclpy and codriver_msgs: .ros/python SCRIPT',
    `. ${quoted(paths.environment)}`,
    'for folder in "$codriver_ros"/install/lib/python3*/site-packages \\',
    '  "$codriver_ros"/install/local/lib/python3*/dist-packages; do',
    `  [ -d "$folder" ] && PYTHONPATH="$folder\${PYTHONPATH:+:$PYTHONPATH}"`,
    'done',
    'export PYTHONPATH',
    ...(wheels
      ? [
          'export LD_LIBRARY_PATH="$codriver_ros_libraries"',
          "# The wheels' bootstrap would start Python again with a search path of its own making.",
          'export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1',
          'exec "$codriver_ros/venv/bin/python" "$@"',
        ]
      : ['exec python3 "$@"']),
    '',
  ].join('\n');
}
