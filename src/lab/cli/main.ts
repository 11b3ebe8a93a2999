#!/usr/bin/env node
import { runLab } from './run-lab';

runLab(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
