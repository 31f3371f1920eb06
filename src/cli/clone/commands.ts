import type { Command } from 'commander';
import type { Run } from '../host.ts';

export function addCloneCommands(_noun: Command, _run: Run): void {}
