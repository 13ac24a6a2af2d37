"""What `zato demo` plays on: its folder, its programs, the systems and the broker around them."""
