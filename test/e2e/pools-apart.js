const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that work on many clusters at a time: two of them at once are too much for two cores. */
const POOLS = /\/(faults-kubernetes|permissions)\.e2e\.test\.ts$/;

/** One of them begins, the next one comes when most of the others are done. */
module.exports = class PoolsApart extends Sequencer {
  sort(tests) {
    const [first, ...later] = super.sort(tests.filter(({ path }) => POOLS.test(path)));
    const others = super.sort(tests.filter(({ path }) => !POOLS.test(path)));
    const middle = Math.ceil(others.length / 2);
    return [...(first ? [first] : []), ...others.slice(0, middle), ...later, ...others.slice(middle)];
  }
};
