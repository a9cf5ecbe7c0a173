"""Foreign weights to ONNX: digest-checked files in, checked ONNX graphs out."""
