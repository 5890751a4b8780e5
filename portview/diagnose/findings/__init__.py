"""What is unsafe or unusual about a socket of this machine: small rules that can be read alone."""
