import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addCleanup } from './cleanup.ts';
import { addServe } from './serve.ts';
import { addStatus } from './status.ts';

export function addTeleportCommands(noun: Command, run: Run): void {
  addServe(noun, run);
  addStatus(noun, run);
  addCleanup(noun, run);
}
