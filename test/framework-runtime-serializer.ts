type Serializer = Extract<jest.SnapshotSerializerPlugin, { serialize: unknown }>;

const OPEN = '[RUNTIME]';

interface FrameworkFunction {
  readonly Handler: string;
  readonly Runtime: string;
}

/** Snapshots hold for every version of CDK, which moves the functions of its provider framework on. */
export function test(value: unknown): value is FrameworkFunction {
  const { Handler, Runtime } = (value ?? {}) as Partial<FrameworkFunction>;
  return typeof Handler === 'string' && Handler.startsWith('framework.') && Runtime !== undefined && Runtime !== OPEN;
}

export const serialize: Serializer['serialize'] = (value: FrameworkFunction, config, indentation, depth, refs, printer) =>
  printer({ ...value, Runtime: OPEN }, config, indentation, depth, refs);
