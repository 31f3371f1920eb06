import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addCleanup } from './cleanup.ts';
import { addServe } from './serve.ts';

export function addTeleportCommands(noun: Command, run: Run): void {
  addServe(noun, run);
  addCleanup(noun, run);
}
