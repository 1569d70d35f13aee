const { createEmptyTestResult } = require('@jest/test-result');
const { default: circus } = require('jest-circus/runner');

/** Loaded once a process, not once a test file: it takes longer than the tests. */
const OUTSIDE = /^(aws-cdk-lib|constructs)($|\/)/;
process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:disable-stack-trace': true });

/** The full names of the tests of each file. */
const names = new Map();
const activeMutant = () => process.env.__STRYKER_ACTIVE_MUTANT__;
/** How many mutants each file has killed. */
const kills = new Map();
let killed;

/** Jest takes a file without any test for a failure. */
const notRun = file => ({
  ...createEmptyTestResult(),
  testFilePath: file,
  numPendingTests: 1,
  testResults: [{ ancestorTitles: [], failureMessages: [], fullName: file, status: 'pending', title: file }],
});

/** Jest would load every test file, if only to skip all that is in it, and go on after a failure: most of the time that a mutant takes. */
module.exports = async (globalConfig, config, environment, runtime, file, ...others) => {
  const { testNamePattern } = globalConfig;
  const isWanted = name => testNamePattern === undefined || new RegExp(testNamePattern, 'i').test(name);
  const isKilled = () => activeMutant() !== undefined && killed === activeMutant();
  if (isKilled() || (names.has(file) && !names.get(file).some(isWanted))) {
    return notRun(file);
  }
  const { requireModuleOrMock } = runtime;
  runtime.requireModuleOrMock = (from, name) => OUTSIDE.test(name) ? require(name) : requireModuleOrMock.call(runtime, from, name);
  const { handleTestEvent } = environment;
  environment.handleTestEvent = async (event, state) => {
    if (event.name === 'test_fn_failure' && activeMutant() !== undefined) {
      killed = activeMutant();
      kills.set(file, (kills.get(file) ?? 0) + 1);
    } else if (event.name === 'test_start' && isKilled()) {
      event.test.mode = 'skip';
    }
    await handleTestEvent?.call(environment, event, state);
  };
  const result = await circus(globalConfig, config, environment, runtime, file, ...others);
  if (!names.has(file) && result.testResults.length > 0) {
    names.set(file, result.testResults.map(({ fullName }) => fullName));
  }
  return result;
};

module.exports.kills = kills;
