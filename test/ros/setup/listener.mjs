/**
 * Prints the first codriver_msgs Utterance on /codriver/setup_test as JSON, and ends. Run by live.test.ts. Plain
 * JavaScript, since the types of rclnodejs's messages are there only after the set-up.
 */
import { loadRcl } from '../../../src/io/ros/rcl.ts';

const rcl = await loadRcl();
await rcl.init();
const node = new rcl.Node('setup_test_listener');
node.createSubscription('codriver_msgs/msg/Utterance', '/codriver/setup_test', (utterance) => {
  process.stdout.write(JSON.stringify(utterance));
  rcl.shutdown();
});
node.spin();
