import { createRequire } from 'node:module';

type Handler = (event: unknown) => Promise<unknown>;

/** Runs the handlers of a bundle for the process that has started this one, one call at a time. */
const handlers: Record<string, Handler> = createRequire(__filename)(process.argv[2]);
process.on('message', ({ name, event }: { name: string; event: unknown }) => {
  handlers[name](event).then(result => process.send!({ result }), (error: Error) => process.send!({ error: error.message }));
});
process.send!({});
