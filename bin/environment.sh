# Sourced, from bin/codriver or in the root of the checkout. Has glibc's malloc ask for huge pages: disks read into them at full speed (docs/runtime.md).
case $(getconf GNU_LIBC_VERSION 2>/dev/null):$GLIBC_TUNABLES in
*malloc.hugetlb* | :*) ;;
*) export GLIBC_TUNABLES="${GLIBC_TUNABLES:+$GLIBC_TUNABLES:}glibc.malloc.hugetlb=1" ;;
esac

# --ros, `record` and CODRIVER_ROS=1 want ROS 2, whose libraries must be on the search path before node starts.
# Where npm run ros:setup has not been run there is nothing to source, and codriver says so.
codriver_wants_ros=${CODRIVER_ROS:-0}
[ "${1:-}" = record ] && codriver_wants_ros=1
for codriver_argument; do
  [ "$codriver_argument" = --ros ] && codriver_wants_ros=1
done
if [ "$codriver_wants_ros" = 1 ] && [ -r "${here:-bin}/../.ros/env.sh" ]; then
  . "${here:-bin}/../.ros/env.sh"
fi
