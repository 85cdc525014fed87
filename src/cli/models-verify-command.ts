import type { Command } from 'commander';
import { bitsPerWeight, verifyStore } from '../llm/store/index.ts';
import { ProgressLine } from './terminal.ts';

/** `codriver models verify`. */
export function addVerify(models: Command): void {
  models
    .command('verify')
    .description('Reads a block store whole and checks every checksum; damage is named by block and tensor.')
    .argument('<folder>', 'a folder that `codriver models quantize` made')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  codriver models verify smollm2-q4')
    .action(async (folder: string, options: { json?: boolean }) => {
      const line = new ProgressLine(`verifying ${folder}`);
      try {
        const { manifest, blocks, bytes } = await verifyStore(folder, (done, total) =>
          line.update(done / total),
        );
        line.done();
        const { id, architecture, quantisation, weights } = manifest;
        const facts = { store: folder, id, architecture, quantisation, weights, blocks, bytes };
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ ...facts, bitsPerWeight: bitsPerWeight(manifest) }, null, 2)}\n`
            : `${folder} is sound: ${blocks} blocks, ${(bytes / 1e6).toFixed(1)} MB, ${architecture}.\n`,
        );
      } finally {
        line.done();
      }
    });
}
