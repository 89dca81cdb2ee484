"""What goes wrong in other caches: each defect as a scene, played on them and on surecache."""
