export { exampleScene } from './example-scene.ts';
export { SceneBuilder } from './scene-builder.ts';
export { parseSceneFile } from './scene-file.ts';
