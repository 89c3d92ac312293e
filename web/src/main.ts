import './app.css';
import { mount } from 'svelte';
import { restore } from './lib/durable';

// The page reads what was kept as soon as it is there: what a killed browser lost is put back before.
await restore();
const { default: App } = await import('./App.svelte');
const target = document.getElementById('app');
if (target) mount(App, { target });
