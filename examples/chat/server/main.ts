import { startChat } from './start';

// npm run chat     PORT=… another port, OPENAI_API_KEY=… a real provider instead of the embedded one

const { url } = await startChat({ port: Number(process.env.PORT ?? 8090) });
console.log(`${url}\nPress Ctrl-C to stop.`);
