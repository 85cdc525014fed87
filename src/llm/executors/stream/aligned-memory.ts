/** What TypeScript's library for Node leaves out. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

const WASM_PAGE_BYTES = 65536;

/** A page of the processor, and how far behind one glibc puts memory that it maps. */
const PAGE_BYTES = 4096;
const MALLOC_HEADER_BYTES = 16;

/** Huge pages of x86-64, and of arm64 with pages of 4 KiB. */
const HUGE_PAGE_BYTES = 2 << 20;

/** glibc maps everything above its largest threshold; smaller pieces may come from a heap and begin anywhere. */
const ALWAYS_MAPPED_BYTES = 33 << 20;

/**
 * Regions of memory that begin at a page, side by side, for direct reads.
 *
 * A direct read goes to the pages of its memory. Where these lie scattered a read falls apart into many small transfers:
 * of equal 4 MiB regions one was filled at 1.3 GB/s and another at 3.8, for as long as they lived. Within huge pages
 * every one was filled at 4.1. Only the launcher can ask for these, through {@link hasHugePages}.
 */
export function alignedMemories(count: number, bytes: number): Uint8Array[] {
  const stride = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  const { buffer, start } = hasHugePages() ? mapped(count * stride) : ofWebAssembly(count * stride);
  return Array.from({ length: count }, (_, i) => new Uint8Array(buffer, start + i * stride, bytes));
}

/**
 * Whether glibc's malloc asks for huge pages, as `bin/codriver` lets it: a process can't begin with it by itself, and
 * Node has no madvise. Another allocator in glibc's place may begin anywhere, and so may glibc where it is told to map
 * otherwise.
 */
export function hasHugePages(env: NodeJS.ProcessEnv = process.env): boolean {
  const tunables = (env.GLIBC_TUNABLES ?? '').split(':');
  const maps = tunables.some((tunable) => tunable.startsWith('glibc.malloc.mmap'));
  return tunables.includes('glibc.malloc.hugetlb=1') && !maps && !env.LD_PRELOAD;
}

/** What lies between huge pages is never touched, so takes no memory. */
function mapped(bytes: number): { readonly buffer: ArrayBuffer; readonly start: number } {
  const buffer = new ArrayBuffer(Math.max(bytes + 2 * HUGE_PAGE_BYTES, ALWAYS_MAPPED_BYTES));
  return { buffer, start: HUGE_PAGE_BYTES - MALLOC_HEADER_BYTES };
}

/** The only memory of JavaScript whose address is known: it begins at a page. */
function ofWebAssembly(bytes: number): { readonly buffer: ArrayBuffer; readonly start: number } {
  const { buffer } = new WebAssembly.Memory({ initial: Math.ceil(bytes / WASM_PAGE_BYTES) });
  return { buffer, start: 0 };
}
