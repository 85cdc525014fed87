# Sourced. Has glibc's malloc ask for huge pages: disks read into them at full speed (docs/runtime.md).
case $(getconf GNU_LIBC_VERSION 2>/dev/null):$GLIBC_TUNABLES in
*malloc.hugetlb* | :*) ;;
*) export GLIBC_TUNABLES="${GLIBC_TUNABLES:+$GLIBC_TUNABLES:}glibc.malloc.hugetlb=1" ;;
esac
