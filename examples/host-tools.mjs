/** A program that offers a tool to its agents: the function runs here, and knows for whom. */

import assert from 'node:assert/strict';
import { hostTool, openHost } from 'spool';
import { z } from 'zod';
import { withOfflineWorld } from './offline-host.mjs';

const ORDERS = new Map([['A-17', { item: 'a lamp', state: 'on its way' }]]);

const findOrder = hostTool({
  name: 'find_order',
  description: 'Finds an order by its number',
  inputSchema: z.object({ number: z.string().regex(/^A-\d+$/) }),
  handler: ({ number }, { agent, session }) => {
    console.log(`${agent} asks for ${number} in ${session}`);
    const order = ORDERS.get(number);
    if (order === undefined) throw new Error(`there is no order ${number}`);
    return order;
  },
});

await withOfflineWorld(async ({ work, env, model }) => {
  /** Runs one turn and gives what the model was told last. */
  const turn = async (session, prompt) => {
    const query = session.query(prompt);
    query.end();
    for await (const event of query.events) if (event.type === 'result') console.log(event.text);
    return JSON.stringify(model.requests.at(-1).body.input.at(-1));
  };

  const host = await openHost({ env, keepRunningTurns: false, tools: [findOrder] });
  try {
    const session = await host.open({ cwd: work });
    assert.match(await turn(session, '[[mcp:spool_default.find_order:{"number":"A-17"}]] [[text:It comes.]]'), /on its way/);

    // The model reads what was wrong with its call, and the function is not bothered.
    const told = await turn(session, '[[mcp:spool_default.find_order:{"number":17}]] [[text:Which number was it?]]');
    assert.match(told, /number: found 17, wanted a string/);

    // Offered later, seen from the next turn on.
    const offered = host.tools.offer({
      name: 'count_orders',
      description: 'Counts all orders',
      inputSchema: { type: 'object' },
      handler: () => ({ count: ORDERS.size }),
    });
    assert.match(await turn(session, '[[mcp:spool_default.count_orders]] [[text:There is one.]]'), /\{\\"count\\":1\}/);
    offered[Symbol.dispose]();
    console.log('the agent used what the program can do');
  } finally {
    await host[Symbol.asyncDispose]();
  }
});
