import { log } from './log';

/** CloudFormation takes 4 KB for the whole response, of which the physical id may be one. */
const MESSAGE_LENGTH = 1_800;

/** The framework sends message and stack to CloudFormation: people are to read the one, and find the other in the log. */
export function reported<Event, Response>(handler: (event: Event) => Promise<Response>): (event: Event) => Promise<Response> {
  return async event => {
    try {
      return await handler(event);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      log('failed', { stack });
      const report = new Error(message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message);
      report.stack = '';
      throw report;
    }
  };
}
