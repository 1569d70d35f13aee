/** For a request that may fail in this one way: it then gives nothing. */
export function unless(name: string): (error: Error) => undefined {
  return error => {
    if (error.name !== name) {
      throw error;
    }
    return undefined;
  };
}
