interface Sequencer {
  sort(tests: object[]): { readonly path: string }[];
}

const PoolsApart = jest.requireActual<new (options: object) => Sequencer>('../e2e/pools-apart.js');

const sorted = (...names: string[]) => new PoolsApart({})
  .sort(names.map(name => ({ path: `/test/e2e/${name}.e2e.test.ts`, context: { config: { cacheDirectory: '/', id: 'none' }, hasteFS: { getSize: () => 1 } } })))
  .map(({ path }) => /(\w[\w-]*)\.e2e/.exec(path)![1]);

test('two files with many clusters are not run at once', () => {
  const order = sorted('a', 'b', 'faults-kubernetes', 'c', 'permissions', 'd');
  expect(order).toHaveLength(6);
  const places = ['faults-kubernetes', 'permissions'].map(name => order.indexOf(name)).sort();
  expect(places).toEqual([0, 3]);
});

test('any choice of files is run', () => {
  expect(sorted('a', 'b')).toHaveLength(2);
  expect(sorted('permissions')).toEqual(['permissions']);
});
