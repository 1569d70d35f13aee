const { buildSync } = require('esbuild');

/** Jest cannot require ES modules: makes one file of each, with what it imports. */
exports.process = (_source, file) => {
  const [{ text }] = buildSync({ entryPoints: [file], bundle: true, write: false, platform: 'node', format: 'cjs', keepNames: true }).outputFiles;
  return { code: text };
};
