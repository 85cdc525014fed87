import type { DirectFile } from './direct-file.ts';

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

/** glibc maps memory of this size, unless its heap happens to have so much left. */
const MAPPED_BYTES = 33 << 20;

/** Times that memory is asked for until some of it was mapped; what came from the heap is held meanwhile, and used up. */
const TRIES = 4;

/**
 * Regions of memory that begin at a page, side by side, for direct reads of `file`.
 *
 * A direct read goes to the pages of its memory. Where these lie scattered a read falls apart into many small transfers:
 * of equal 4 MiB regions one was filled at 1.3 GB/s and another at 3.8, for as long as they lived. Within huge pages
 * every one was filled at 4.1. Only the launcher can ask for these, through {@link hasHugePages}.
 *
 * @param file of a page at least; what memory suits it is found by reading
 */
export async function alignedMemories(count: number, bytes: number, file: DirectFile): Promise<Uint8Array[]> {
  const stride = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  const { buffer, start } = (await mapped(count * stride, file)) ?? ofWebAssembly(count * stride);
  return Array.from({ length: count }, (_, i) => new Uint8Array(buffer, start + i * stride, bytes));
}

/**
 * Whether glibc's malloc asks for huge pages, as `bin/codriver` lets it: a process can't begin with it by itself, and
 * Node has no madvise. Another allocator in glibc's place knows nothing of it.
 */
export function hasHugePages(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env.GLIBC_TUNABLES ?? '').split(':').includes('glibc.malloc.hugetlb=1') && !env.LD_PRELOAD;
}

interface Region {
  readonly buffer: ArrayBuffer;
  readonly start: number;
}

/** Undefined where there are no huge pages, or the memory that came did not begin where mapped memory does. */
async function mapped(bytes: number, file: DirectFile): Promise<Region | undefined> {
  if (!hasHugePages()) return undefined;
  const held: ArrayBuffer[] = [];
  while (held.length < TRIES) {
    // What lies between huge pages is never touched, so takes no memory.
    const buffer = new ArrayBuffer(Math.max(bytes + 2 * HUGE_PAGE_BYTES, MAPPED_BYTES));
    const start = HUGE_PAGE_BYTES - MALLOC_HEADER_BYTES;
    if (await file.accepts(new Uint8Array(buffer, start, PAGE_BYTES))) return { buffer, start };
    held.push(buffer);
  }
  return undefined;
}

/** The only memory of JavaScript whose address is known: it begins at a page. */
function ofWebAssembly(bytes: number): Region {
  const { buffer } = new WebAssembly.Memory({ initial: Math.ceil(bytes / WASM_PAGE_BYTES) });
  return { buffer, start: 0 };
}
