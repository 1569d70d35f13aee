const { default: Sequencer } = require('@jest/test-sequencer');
const { kills } = require('./jest-circus-runner');

/** A mutant that is killed early is cheap: the files that have killed most so far go first. */
module.exports = class MostKillsFirst extends Sequencer {
  sort(tests) {
    const killsOf = ({ path }) => kills.get(path) ?? 0;
    return [...tests].sort((a, b) => killsOf(b) - killsOf(a));
  }
};
