"""Starts the codriver node. `ros2 launch codriver codriver.launch.py --show-args` lists the arguments."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterValue

ARGUMENTS = [
    DeclareLaunchArgument("namespace", default_value="", description="Namespace of the node."),
    DeclareLaunchArgument(
        "params_file",
        default_value="",
        description="Parameter file; share/codriver/config/codriver.param.yaml lists all. Empty: defaults.",
    ),
    DeclareLaunchArgument(
        "use_sim_time", default_value="false", description="Time is that of /clock (a simulator, a replayed log)."
    ),
    DeclareLaunchArgument(
        "autostart",
        default_value="true",
        description="The node configures and activates itself; false leaves that to a lifecycle manager.",
    ),
    DeclareLaunchArgument("log_level", default_value="info", description="Least severity of ROS's log lines."),
]


def start(context):
    """The node, with the parameter file where there is one; what stands in it does not outvote the arguments."""
    params_file = LaunchConfiguration("params_file").perform(context)
    given = {
        name: ParameterValue(LaunchConfiguration(name), value_type=bool) for name in ("use_sim_time", "autostart")
    }
    return [
        LifecycleNode(
            package="codriver",
            executable="codriver",
            name="codriver",
            namespace=LaunchConfiguration("namespace"),
            parameters=([params_file] if params_file else []) + [given],
            ros_arguments=["--log-level", LaunchConfiguration("log_level")],
            output="screen",
            emulate_tty=True,
            # It closes its recording and tells the planner before it ends.
            sigterm_timeout="10",
        )
    ]


def generate_launch_description():
    """The description that `ros2 launch` asks for."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=start)])
