// node compile.mjs <compiler> <config>…: what `tsc -p <config>` would say of each. In one process, which is warm after the
// first, and keeps the files that all of them read.
import { createRequire } from 'node:module';

const [compiler, ...configs] = process.argv.slice(2);
const ts = createRequire(import.meta.url)(compiler);
const files = new Map();
const formatHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => '\n',
};
const complaints = configs.flatMap((config) => complaintsOf(config).map((text) => `${config}: ${text}`));
if (complaints.length > 0) {
  console.log(complaints.join('\n'));
  process.exitCode = 1;
}

function complaintsOf(config) {
  const { config: json } = ts.readConfigFile(config, ts.sys.readFile);
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(json, ts.sys, '.');
  const program = ts.createProgram(fileNames, options, hostOf(options));
  const found = program
    .getSourceFiles()
    .filter(isOurs)
    .flatMap((file) => ts.getPreEmitDiagnostics(program, file));
  return [...errors, ...found].map((each) => ts.formatDiagnostic(each, formatHost).trim());
}

/** The user's files and the library's. What is wrong with those of others is known to others, and takes long to look at. */
function isOurs({ fileName }) {
  return !/\/node_modules\/(?!rxjs-resilience\/)/.test(fileName);
}

function hostOf(options) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, how, ...rest) => {
    const isOfCompiler = name.includes(`/node_modules/${compiler}/`);
    const key = isOfCompiler ? name : `${name} ${how.impliedNodeFormat} ${options.module === ts.ModuleKind.ESNext}`;
    if (!files.has(key)) {
      files.set(key, getSourceFile(name, how, ...rest));
    }
    return files.get(key);
  };
  return host;
}
