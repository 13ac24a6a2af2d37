"""Calls over HTTP: sessions, requests and answers as they were sent, reasons for missing answers, curl lines."""
