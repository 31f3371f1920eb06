import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addServe } from './serve.ts';

export function addTeleportCommands(noun: Command, run: Run): void {
  addServe(noun, run);
}
