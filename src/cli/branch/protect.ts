import type { Command } from 'commander';
import { protectBranch } from '../../engine/branches.ts';
import { withEngine } from '../engine/connection.ts';
import type { Run } from '../host.ts';
import { print } from '../output.ts';
import type { Protection } from '../protection.ts';
import { protectionText } from '../protection-text.ts';

export async function protect(name: string, change: Protection, command: Command, run: Run): Promise<void> {
  const branch = await withEngine(command, run, ({ requests }) =>
    protectBranch(name, change, requests, run.signal),
  );
  const rows = [[branch.name, protectionText(branch)]];
  await print({ value: branch, head: ['Branch', 'Protected'], rows, empty: '' }, command, run);
}
